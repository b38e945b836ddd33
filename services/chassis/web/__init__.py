"""The common parts of pages and HTTP answers: templates, problem documents, cookies, bodies, schemas."""

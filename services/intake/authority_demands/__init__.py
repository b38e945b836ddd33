"""The register of authorities' demands for data and their answers."""

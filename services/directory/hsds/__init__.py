"""The directory in Open Referral's Human Services Data Specification 3, as JSON and CSV.

An agency is an organization, a desk a service, its hours are schedules, the states it answers for are service areas,
and a shelter is a location at which those desks serve. What HSDS has no place for stays here (ADR 0017).
"""

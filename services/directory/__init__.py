"""The directory of shelters, agencies, duty desks and people; it starts as the programme's own."""

"""Who is who: shelters, agencies and desks. For now the programme's starting directory."""

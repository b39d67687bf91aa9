"""People and places: users, areas, departments, units, memberships, working days."""

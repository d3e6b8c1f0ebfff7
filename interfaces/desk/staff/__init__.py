"""The staff's own pages: who works when and knows what, teams, who has how much."""

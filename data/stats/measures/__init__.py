"""What is counted, and the numbers that follow: measures, KPIs, leagues."""

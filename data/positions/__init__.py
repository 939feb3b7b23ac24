"""Where devices on duty are, within the hours of a duty and for some days."""

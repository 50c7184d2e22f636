"""What people read: the page of a run, from its tables to one HTML file."""

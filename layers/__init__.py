"""What can be drawn: a frame of data to Plotly traces, with its legend."""

"""Templates to States Language text, and the folder of rendered files."""

"""What should happen: scenario files, the words they are written in, and their replay."""

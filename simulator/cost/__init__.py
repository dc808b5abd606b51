"""What runs would cost: counted in the simulator, priced by a dated table."""

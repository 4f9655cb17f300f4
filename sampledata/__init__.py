"""The demo shop: written content and drawn pictures, brought to life through the same services as everything else."""

"""What a run says about an image: detection, regions, pictures, files, verdicts."""

"""Speed of training, generators and monitoring, beside other ways to write the same network."""

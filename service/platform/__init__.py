"""What any service needs; knows nothing of this one's resources."""

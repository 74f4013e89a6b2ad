"""Makes a synthetic children in need census extract. It describes no real child."""

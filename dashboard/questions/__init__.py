"""What a question may say, of the API and the command line alike."""

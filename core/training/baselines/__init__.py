"""What a person would otherwise do with the same few examples: models that learn no initialization. numpy alone, one file each."""

"""The only room that imports Brian2: circuit and drive in, recording out."""

"""Volume conductors and electrodes: volts per ampere at points."""

"""Natural input: pinch, pressure, heat, brush, volleys, ectopic activity, spike files."""

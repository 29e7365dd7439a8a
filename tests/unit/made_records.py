"""A made-up experiment file and record of a run, which lie beside results."""

EXPERIMENT = """\
schema: 1
stimuli:
  - {kind: pinch, onset: 200 ms, duration: 3 s}
  - {kind: spike_file, name: mine, onset: 1 s}
arms:
  scs: {}
  tens: {stimuli: [{kind: brush, onset: 2 s, duration: 1 s}]}
  dbs: {}
"""
RUN = {
    "gatecontrol": "0.1.0",
    "packages": {"numpy": "2.3.5"},
    "finished": "2026-11-30T01:52:21+00:00",
    "plan": "b431de",
}

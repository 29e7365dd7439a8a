"""Channels that published cells use, in the form of their papers.

``HH_*``: squid axon, 6.3 C (Hodgkin & Huxley 1952, rest at -65 mV). The others: Zhang, Janik
& Grill 2014 (ModelDB 168414), after Melnick 2004, Destexhe 1994 and Aguiar 2010. Where a
model runs its rates faster with temperature, the factor is the parameter ``q``.
"""

from gatecontrol.circuits.channels import Channel, Gate

__all__ = [
    "B_NA",
    "CHANNELS",
    "HH2_K",
    "HH2_NA",
    "HH_K",
    "HH_NA",
    "I_CAAN",
    "I_CAL",
    "I_KCA",
    "I_NAP",
    "KDRI",
]

HH_NA = Channel(
    "hh_na",
    (
        Gate("m", 3, alpha="0.1*linoid(-(v + 40), 10)", beta="4*exp(-(v + 65)/18)"),
        Gate("h", 1, alpha="0.07*exp(-(v + 65)/20)", beta="1/(1 + exp(-(v + 35)/10))"),
    ),
    source="Hodgkin and Huxley 1952",
)
HH_K = Channel(
    "hh_k",
    (Gate("n", 4, alpha="0.01*linoid(-(v + 55), 10)", beta="0.125*exp(-(v + 65)/80)"),),
    source="Hodgkin and Huxley 1952",
)

B_NA = Channel(
    "b_na",
    (
        Gate("m", 3, alpha="q*0.182*linoid(-v - 28, 9)", beta="q*0.124*linoid(v + 28, 9)"),
        # the paper's closing rate of h enters the time constant only
        Gate(
            "h",
            1,
            steady="1/(1 + exp((v + 64)/9))",
            tau="1/(q*(0.061*linoid(-v - 35, 3) + 0.0166 + 0.0018*linoid(v + 71, 18)))",
        ),
    ),
    parameters=(("q", 1.0),),
    source="Zhang 2014 (q 4.171 at 36 C); Medlock 2022 (q 1)",
)
KDRI = Channel(
    "kdri",
    (
        Gate("n", 4, alpha="q*0.035*linoid(-v - 15, 9)", beta="q*0.014*exp((12 - v)/46)"),
        Gate(
            "h",
            1,
            alpha="q*0.0083*(1 + 1/(exp((v + 20)/10) + 1))",
            beta="q*0.0083/(exp(-(v + 20)/10) + 1)",
        ),
    ),
    parameters=(("q", 1.0),),
    source="Zhang 2014 (q 4.171 at 36 C); Medlock 2022 (q 1)",
)
HH2_NA = Channel(
    "hh2_na",
    (
        Gate("m", 3, alpha="0.32*linoid(13 - u, 4)", beta="0.28*linoid(u - 40, 5)"),
        Gate("h", 1, alpha="0.128*exp((12 - u)/18)", beta="4/(1 + exp((35 - u)/5))"),
    ),
    parameters=(("vtraub", -55.0),),
    definitions=(("u", "v - vtraub"),),
    source="Zhang 2014",
)
HH2_K = Channel(
    "hh2_k",
    (Gate("n", 4, alpha="0.032*linoid(15 - u, 5)", beta="0.5*exp((10 - u)/40)"),),
    parameters=(("vtraub", -55.0),),
    definitions=(("u", "v - vtraub"),),
    source="Zhang 2014",
)
I_NAP = Channel(
    "i_nap",
    (
        Gate("m", 1, alpha="0.32*linoid(11 - u, 4)", beta="0.28*linoid(u - 42, 5)"),
        Gate("h", 1, alpha="0.128*exp((12 - u)/18)", beta="4/(1 + exp(0.1*(35 - u)))"),
    ),
    definitions=(("u", "v + 55"),),
    source="Zhang 2014",
)
I_CAL = Channel(
    "i_cal",
    (
        Gate(
            "m",
            2,
            steady="1/(1 + exp(-(v + 10)/10))",
            tau="1/(q*(1.6/(1 + exp(-0.072*(v - 5))) + 0.02*linoid(v - 1.31, 5.36)))",
        ),
    ),
    parameters=(("q", 3.948), ("cao", 2.0), ("kelvin", 309.16)),
    definitions=(("w", "2e-3*v*96480/(8.314*kelvin)"),),
    # Goldman-Hodgkin-Katz for calcium; the density is a permeability in cm/s
    current="-2e-3*96480*(cao - cai*exp(w))*linoid(w, 1)",
    calcium=True,
    source="Zhang 2014",
)
I_CAAN = Channel(
    "i_caan",
    (Gate("m", 2, steady="x/(1 + x)", tau="maximum(0.1, 40/(0.002*(1 + x)*q))"),),
    parameters=(("q", 4.656),),
    definitions=(("x", "(cai/5e-4)**2"),),
    source="Zhang 2014",
)
I_KCA = Channel(
    "i_kca",
    (Gate("m", 3, steady="x/(1 + x)", tau="maximum(0.1, 1/(0.03*(1 + x)*q))"),),
    parameters=(("q", 4.656),),
    definitions=(("x", "(cai/1e-3)**2"),),
    source="Zhang 2014",
)

CHANNELS = {
    c.name: c for c in (B_NA, HH2_K, HH2_NA, HH_K, HH_NA, I_CAAN, I_CAL, I_KCA, I_NAP, KDRI)
}
"""All of them by name, as a circuit file calls them."""

{# See cable.cpp. #}
{# USES_VARIABLES { N, dt, v, axial, diagonal, inflow, port_v, port_conductance, port_current,
                    cell_v, cell_v_before } #}
{% extends 'common_group.pyx' %}

{% block maincode %}
    cdef int _k
    cdef int _c
    cdef int _at
    cdef int _to
    cdef int _n = {{cells}}
    cdef int[{{parents|length}}] _parent = [{{parents|join(', ')}}]
    cdef double _inverse
    cdef double _share
    _vectorisation_idx = 1
    {% if fed %}
    {% for port in ports %}
    for _k in range(_n):
        {{calcium_inflow}}[{{port.compartment*cells}} + _k] = 0
    {% endfor %}
    {% for port in ports %}
    for _k in range(_n):
        {{calcium_inflow}}[{{port.compartment*cells}} + _k] += {{port_calcium_inflow}}[{{port.first}} + _k]
    {% endfor %}
    {% endif %}
    {% for zone in zones %}
    {{scalar_code[zone.code]|autoindent}}
    for _idx in range({{zone.first}}, {{zone.last}}):
        _vectorisation_idx = _idx
        {{vector_code[zone.code]|autoindent}}
    {% endfor %}
    {% for port in ports %}
    for _k in range(_n):
        {{diagonal}}[{{port.compartment*cells}} + _k] += {{port_conductance}}[{{port.first}} + _k]
        {{inflow}}[{{port.compartment*cells}} + _k] += {{port_current}}[{{port.first}} + _k]
    {% endfor %}
    for _c in range({{parents|length}} - 1, 0, -1):
        for _k in range(_n):
            _at = _c*_n + _k
            _to = _parent[_c]*_n + _k
            _inverse = 1/({{axial}}[_at] + {{diagonal}}[_at])
            _share = {{axial}}[_at]*_inverse
            {{diagonal}}[_to] += _share*{{diagonal}}[_at]
            {{inflow}}[_to] += _share*{{inflow}}[_at]
            {{diagonal}}[_at] = _share
            {{inflow}}[_at] *= _inverse
    for _k in range(_n):
        {{v}}[_k] = {{inflow}}[_k]/{{diagonal}}[_k]
    for _c in range(1, {{parents|length}}):
        for _k in range(_n):
            _at = _c*_n + _k
            {{v}}[_at] = {{inflow}}[_at] + {{diagonal}}[_at]*{{v}}[_parent[_c]*_n + _k]
    {% for port in ports %}
    for _k in range(_n):
        {{port_v}}[{{port.first}} + _k] = {{v}}[{{port.compartment*cells}} + _k]
    {% endfor %}
    for _k in range(_n):
        {{cell_v_before}}[{{first_cell}} + _k] = {{cell_v}}[{{first_cell}} + _k]
        {{cell_v}}[{{first_cell}} + _k] = {{v}}[{{detector*cells}} + _k]
{% endblock %}

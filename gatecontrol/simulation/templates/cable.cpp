{# One step of a batch of cable cells: gates, then the implicit solve over each tree.
   Arrays are laid out compartment by compartment, so inner loops run over cells. #}
{# USES_VARIABLES { N, dt, v, axial, diagonal, inflow, port_v, port_conductance, port_current,
                    cell_v, cell_v_before } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    const int _n = {{cells}};
    const int _compartments = {{parents|length}};
    static const int _parent[] = { {{parents|join(', ')}} };
    {% if fed %}
    {% for port in ports %}
    for (int _k = 0; _k < _n; _k++)
        {{calcium_inflow}}[{{port.compartment*cells}} + _k] = 0;
    {% endfor %}
    {% for port in ports %}
    for (int _k = 0; _k < _n; _k++)
        {{calcium_inflow}}[{{port.compartment*cells}} + _k] += {{port_calcium_inflow}}[{{port.first}} + _k];
    {% endfor %}
    {% endif %}
    {% for zone in zones %}
    {
        {{scalar_code[zone.code]|autoindent}}
        // entries do not depend on each other: spares the run-time alias checks
#if defined(__clang__)
        #pragma clang loop vectorize(assume_safety)
#elif defined(__GNUC__)
        #pragma GCC ivdep
#endif
        for (int _idx = {{zone.first}}; _idx < {{zone.last}}; _idx++)
        {
            {{vector_code[zone.code]|autoindent}}
        }
    }
    {% endfor %}
    {% for port in ports %}
    for (int _k = 0; _k < _n; _k++)
    {
        {{diagonal}}[{{port.compartment*cells}} + _k] += {{port_conductance}}[{{port.first}} + _k];
        {{inflow}}[{{port.compartment*cells}} + _k] += {{port_current}}[{{port.first}} + _k];
    }
    {% endfor %}
    // From the leaves to the root: what is behind a compartment acts on its parent as one
    // conductance in series with the axial one, so no difference of large numbers is taken.
    for (int _c = _compartments - 1; _c > 0; _c--)
    {
        double* _g = {{diagonal}} + _c*_n;
        double* _i = {{inflow}} + _c*_n;
        double* _parent_g = {{diagonal}} + _parent[_c]*_n;
        double* _parent_i = {{inflow}} + _parent[_c]*_n;
        const double* _axial = {{axial}} + _c*_n;
#if defined(__clang__)
        #pragma clang loop vectorize(assume_safety)
#elif defined(__GNUC__)
        #pragma GCC ivdep
#endif
        for (int _k = 0; _k < _n; _k++)
        {
            const double _inverse = 1/(_axial[_k] + _g[_k]);
            const double _share = _axial[_k]*_inverse;
            _parent_g[_k] += _share*_g[_k];
            _parent_i[_k] += _share*_i[_k];
            _g[_k] = _share;
            _i[_k] *= _inverse;
        }
    }
    for (int _k = 0; _k < _n; _k++)
        {{v}}[_k] = {{inflow}}[_k]/{{diagonal}}[_k];
    for (int _c = 1; _c < _compartments; _c++)
    {
        const double* _parent_v = {{v}} + _parent[_c]*_n;
        double* _v = {{v}} + _c*_n;
        const double* _g = {{diagonal}} + _c*_n;
        const double* _i = {{inflow}} + _c*_n;
#if defined(__clang__)
        #pragma clang loop vectorize(assume_safety)
#elif defined(__GNUC__)
        #pragma GCC ivdep
#endif
        for (int _k = 0; _k < _n; _k++)
            _v[_k] = _i[_k] + _g[_k]*_parent_v[_k];
    }
    {% for port in ports %}
    for (int _k = 0; _k < _n; _k++)
        {{port_v}}[{{port.first}} + _k] = {{v}}[{{port.compartment*cells}} + _k];
    {% endfor %}
    for (int _k = 0; _k < _n; _k++)
    {
        {{cell_v_before}}[{{first_cell}} + _k] = {{cell_v}}[{{first_cell}} + _k];
        {{cell_v}}[{{first_cell}} + _k] = {{v}}[{{detector*cells}} + _k];
    }
{% endblock %}

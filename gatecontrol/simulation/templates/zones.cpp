{# One step of neighbouring cells with the same receptors, zone by zone. #}
{# USES_VARIABLES { N, dt, t } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {% for zone in zones %}
    {
        {{scalar_code[zone.code]|autoindent}}
        // cells do not depend on each other: spares the run-time alias checks
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
{% endblock %}

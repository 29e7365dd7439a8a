{# See zones.cpp. #}
{# USES_VARIABLES { N, dt, t } #}
{% extends 'common_group.pyx' %}

{% block maincode %}
    _vectorisation_idx = 1
    {% for zone in zones %}
    {{scalar_code[zone.code]|autoindent}}
    for _idx in range({{zone.first}}, {{zone.last}}):
        _vectorisation_idx = _idx
        {{vector_code[zone.code]|autoindent}}
    {% endfor %}
{% endblock %}

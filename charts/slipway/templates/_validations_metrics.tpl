{{/* What is well-formed and must not be watched for, for "slipway.validate". */}}

{{/*
The sentences about objectives, as a YAML list: include "slipway.validate.objectives" . | fromYamlArray
A budget that is used up faster than all requests could is an alert that never comes.
*/}}
{{- define "slipway.validate.objectives" -}}
{{- $slo := .Values.metrics.rules.slo -}}
{{- range $name := list "availability" "latency" }}
{{- $objective := index $slo $name }}
{{- range $slo.windows }}
{{- $limit := mulf .factor (include "slipway.budget" $objective | float64) }}
{{- if ge $limit 1.0 }}
- metrics.rules.slo.{{ $name }} ({{ $objective }}) with the factor {{ .factor }} of the window {{ .long }} means {{ mulf $limit 100 }} %
  of all requests, which is never exceeded; raise the objective, or lower the factor in metrics.rules.slo.windows
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

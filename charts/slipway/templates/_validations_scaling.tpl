{{/* Contradictions in how replicas and requests are chosen. */}}

{{/* The sentences about scaling, as a YAML list: include "slipway.validate.scaling" . | fromYamlArray */}}
{{- define "slipway.validate.scaling" -}}
{{- if .Values.autoscaling.enabled }}
{{- include "slipway.validate.bounds" . }}
{{- include "slipway.validate.engine" . }}
{{- end }}
{{- include "slipway.validate.vertical" . }}
{{- end -}}

{{/* The sentences about how many and by what, as lines of a YAML list: include "slipway.validate.bounds" . */}}
{{- define "slipway.validate.bounds" -}}
{{- $requests := (.Values.resources.requests | default dict) -}}
{{- with .Values.autoscaling -}}
{{- if gt (int .minReplicas) (int .maxReplicas) }}
- autoscaling.minReplicas ({{ int .minReplicas }}) is more than autoscaling.maxReplicas ({{ int .maxReplicas }}); set
  autoscaling.minReplicas={{ int .maxReplicas }} or less
{{- end }}
{{- if not (or .cpuUtilization .memoryUtilization .pods .external .keda.prometheus.address .keda.triggers) }}
- autoscaling.enabled is true and looks at nothing; set autoscaling.cpuUtilization=80
{{- end }}
{{- range $resource := list "cpu" "memory" }}
{{- $value := printf "%sUtilization" $resource }}
{{- if and (index $.Values.autoscaling $value) (not (get $requests $resource)) }}
- autoscaling.{{ $value }} counts in percent of resources.requests.{{ $resource }}, which is not set; set it, or
  autoscaling.{{ $value }}=0
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The sentences about who scales, as lines of a YAML list: include "slipway.validate.engine" . */}}
{{- define "slipway.validate.engine" -}}
{{- with .Values.autoscaling -}}
{{- if and (eq .engine "keda") (or .pods .external) }}
- autoscaling.engine is keda, which does not know autoscaling.pods and autoscaling.external; write them as
  autoscaling.keda.triggers, or set autoscaling.engine=hpa
{{- end }}
{{- if and (eq .engine "hpa") (or .keda.prometheus.address .keda.triggers) }}
- autoscaling.engine is hpa, and autoscaling.keda names triggers that nobody would look at; set autoscaling.engine=keda, or
  take them out
{{- end }}
{{- if and .keda.prometheus.address (not .keda.prometheus.query) }}
- autoscaling.keda.prometheus.address is set and nothing is asked there; set autoscaling.keda.prometheus.query
{{- end }}
{{- end }}
{{- end -}}

{{/* The sentences about a VerticalPodAutoscaler, as lines of a YAML list: include "slipway.validate.vertical" . */}}
{{- define "slipway.validate.vertical" -}}
{{- $mode := .Values.verticalAutoscaling.updateMode -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled $.Values.verticalAutoscaling.enabled (ne $mode "Off") (or .cpuUtilization .memoryUtilization) }}
- verticalAutoscaling.updateMode is {{ $mode }} and autoscaling counts in percent of the requests that it changes; set
  verticalAutoscaling.updateMode=Off, or autoscaling.cpuUtilization=0 and autoscaling.memoryUtilization=0
{{- end }}
{{- end }}
{{- end -}}

{{/* What is watched, and by what. */}}

{{/*
"true" where an object of an operator's is wanted, else empty:
include "slipway.wanted" (dict "context" . "mode" "auto" "kind" "monitoring.coreos.com/v1/PodMonitor")
The kind itself is asked for, because a group may be there without it.
*/}}
{{- define "slipway.wanted" -}}
{{- $known := .context.Capabilities.APIVersions.Has .kind -}}
{{- if or (eq .mode "always") (and (eq .mode "auto") $known) }}true{{ end -}}
{{- end -}}

{{/* The kind of the monitor, or nothing where there is none: include "slipway.monitorKind" . */}}
{{- define "slipway.monitorKind" -}}
{{- with .Values.metrics.monitor -}}
{{- $kind := printf "monitoring.coreos.com/v1/%s" .kind -}}
{{- if include "slipway.wanted" (dict "context" $ "mode" .mode "kind" $kind) }}{{ .kind }}{{ end -}}
{{- end -}}
{{- end -}}

{{/*
How one pod is read: include "slipway.scrape" .
The job is the same for either kind, so that rules and dashboards need not know which it is.
*/}}
{{- define "slipway.scrape" -}}
{{- with .Values.metrics.monitor -}}
- port: admin
  path: /metrics
  interval: {{ .interval }}
  relabelings:
    - targetLabel: job
      replacement: {{ include "slipway.fullname" $ }}
    {{- with .relabelings }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .metricRelabelings }}
  metricRelabelings:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* What one reading may hold: include "slipway.scrapeLimits" . */}}
{{- define "slipway.scrapeLimits" -}}
{{- with .Values.metrics.monitor.sampleLimit }}
sampleLimit: {{ int . }}
{{- end }}
{{- with .Values.metrics.monitor.labelLimit }}
labelLimit: {{ int . }}
{{- end }}
{{- end -}}

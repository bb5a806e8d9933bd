{{/* Recording rules and alerts, as Prometheus reads them. */}}

{{/* The kind of the object with the rules, or nothing where there is none: include "slipway.rulesKind" . */}}
{{- define "slipway.rulesKind" -}}
{{- with .Values.metrics.rules -}}
{{- $kind := ternary "v1" "monitoring.coreos.com/v1/PrometheusRule" (eq .kind "ConfigMap") -}}
{{- if include "slipway.wanted" (dict "context" $ "mode" .mode "kind" $kind) }}{{ .kind }}{{ end -}}
{{- end -}}
{{- end -}}

{{/*
The groups of rules: include "slipway.ruleGroups" .
Every alert is given the address of its runbook and the labels of all.
*/}}
{{- define "slipway.ruleGroups" -}}
{{- $rules := .Values.metrics.rules -}}
groups:
  {{- if $rules.slo.windows }}
  - name: {{ include "slipway.fullname" . }}-objectives
    rules:
      {{- include "slipway.recordings" . | trim | nindent 6 }}
  {{- end }}
  - name: {{ include "slipway.fullname" . }}-alerts
    rules:
      {{- range concat (include "slipway.burnAlerts" . | fromYamlArray) (include "slipway.alerts" . | fromYamlArray) }}
      {{- if not (has .alert $rules.without) }}
      {{- $runbook := dict "runbook_url" (printf "%s/%s.md" (trimSuffix "/" $rules.runbooks) .alert) }}
      {{- $_ := set . "annotations" (merge $runbook .annotations) }}
      {{- $_ := set . "labels" (merge .labels ($rules.alertLabels | default dict)) }}
      - {{ toYaml . | nindent 8 | trim }}
      {{- end }}
      {{- end }}
{{- end -}}

{{/* Labels, annotations and templates in values. */}}

{{/* A value whose texts are templates, as YAML: include "slipway.render" (dict "context" . "value" .Values.extraEnv) */}}
{{- define "slipway.render" -}}
{{- tpl (toYaml .value) .context -}}
{{- end -}}

{{/*
The labels that selectors use: include "slipway.selectorLabels" (dict "context" . "component" "api")
Frozen: a Deployment's selector cannot change, so a label added here would break every upgrade.
*/}}
{{- define "slipway.selectorLabels" -}}
app.kubernetes.io/name: {{ include "slipway.name" .context }}
app.kubernetes.io/instance: {{ .context.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/*
The chart's own labels of a pod: include "slipway.ownLabels" (dict "context" . "component" "api")
Without the chart's version, which changes when the pod does not.
*/}}
{{- define "slipway.ownLabels" -}}
{{ include "slipway.selectorLabels" . }}
app.kubernetes.io/version: {{ .context.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: slipway
{{- end -}}

{{/* The labels of a pod: include "slipway.podLabels" (dict "context" . "component" "api") */}}
{{- define "slipway.podLabels" -}}
{{ include "slipway.ownLabels" . }}
{{- with .context.Values.commonLabels }}
{{ include "slipway.render" (dict "context" $.context "value" .) }}
{{- end }}
{{- end -}}

{{/* The labels of an object: include "slipway.labels" (dict "context" . "component" "api") */}}
{{- define "slipway.labels" -}}
{{ include "slipway.podLabels" . }}
app.kubernetes.io/managed-by: {{ .context.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .context.Chart.Name .context.Chart.Version | replace "+" "_" | trunc 63 }}
{{- end -}}

{{/*
The annotations of an object, maybe none, as YAML: include "slipway.annotations" (dict "context" . "annotations" $own)
Its own win over those of all objects.
*/}}
{{- define "slipway.annotations" -}}
{{- $common := include "slipway.render" (dict "context" .context "value" .context.Values.commonAnnotations) | fromYaml -}}
{{- with merge (dict) (.annotations | default dict) $common -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/*
The whole metadata of an object: include "slipway.metadata" (dict "context" . "component" "api")
It takes another "name", and "labels" and "annotations" of the object's own.
*/}}
{{- define "slipway.metadata" -}}
name: {{ default (include "slipway.fullname" .context) .name }}
namespace: {{ include "slipway.namespace" .context }}
labels:
  {{- mergeOverwrite (include "slipway.labels" . | fromYaml) (.labels | default dict) | toYaml | nindent 2 }}
{{- with include "slipway.annotations" . }}
{{ . }}
{{- end }}
{{- end -}}

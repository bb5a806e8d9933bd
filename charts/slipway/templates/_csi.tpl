{{/* What each provider of the Secrets Store CSI driver calls its objects. */}}

{{/* The objects of Vault, as YAML: include "slipway.csi.vault" . */}}
{{- define "slipway.csi.vault" -}}
{{- range $name, $from := .Values.secrets.csi.objects }}
- objectName: {{ $name }}
  secretPath: {{ $from.path | quote }}
  {{- with $from.key }}
  secretKey: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end -}}

{{/*
The objects of AWS Secrets Manager, as YAML: include "slipway.csi.aws" .
A secret must be named once, with all that is taken out of it.
*/}}
{{- define "slipway.csi.aws" -}}
{{- $objects := .Values.secrets.csi.objects -}}
{{- $paths := list -}}
{{- range $name, $from := $objects -}}
{{- $paths = append $paths $from.path -}}
{{- end -}}
{{- range $index, $path := uniq $paths }}
- objectName: {{ $path | quote }}
  objectType: secretsmanager
  {{- $whole := printf "whole_%d" $index }}
  {{- $taken := list }}
  {{- range $name, $from := $objects }}
  {{- if and (eq $from.path $path) $from.key }}
  {{- $taken = append $taken (dict "path" (printf "%q" $from.key) "objectAlias" $name) }}
  {{- else if eq $from.path $path }}
  {{- $whole = $name }}
  {{- end }}
  {{- end }}
  objectAlias: {{ $whole }}
  {{- with $taken }}
  jmesPath:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

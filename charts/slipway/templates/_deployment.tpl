{{/* Parts of the Deployment that are a text of their own. "." is the root context. */}}

{{/* The annotation for Reloader, maybe none, as YAML: include "slipway.reloader" . */}}
{{- define "slipway.reloader" -}}
{{- if .Values.secrets.reloader -}}
secret.reloader.stakater.com/reload: {{ include "slipway.foreignSecrets" . | fromJsonArray | join "," | quote }}
{{- end -}}
{{- end -}}

{{/* The containers before the service, maybe none: include "slipway.initContainers" . */}}
{{- define "slipway.initContainers" -}}
{{- if eq (include "slipway.migrationMode" .) "init" }}
- {{ include "slipway.migrationContainer" . | nindent 2 | trim }}
{{- end }}
{{- with .Values.initContainers }}
{{- include "slipway.extraContainers" (dict "context" $ "value" .) }}
{{- end }}
{{- end -}}

{{/* How pods are spread, with the selector filled in: include "slipway.spread" (dict "context" . "rules" $rules) */}}
{{- define "slipway.spread" -}}
{{- $selector := include "slipway.selectorLabels" (dict "context" .context "component" "api") | fromYaml -}}
{{- $own := dict "matchLabelKeys" (list "pod-template-hash") "labelSelector" (dict "matchLabels" $selector) -}}
{{- range .rules }}
{{ list (merge (dict "maxSkew" (int .maxSkew)) . $own) | toYaml }}
{{- end }}
{{- end -}}

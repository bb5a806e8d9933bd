{{/* Contradictions in where secrets come from. */}}

{{/* The sentences about secrets, as a YAML list: include "slipway.validate.secrets" . | fromYamlArray */}}
{{- define "slipway.validate.secrets" -}}
{{- include "slipway.validate.source" . }}
{{- include "slipway.validate.fetched" . }}
{{- include "slipway.validate.stores" . }}
{{- if and .Values.secrets.reloader (eq (include "slipway.foreignSecrets" .) "[]") }}
- secrets.reloader is true and the pods use no Secret but the chart's own; set secrets.reloader=false
{{- end }}
{{- end -}}

{{/* The sentences about the source of the key, as lines of a YAML list: include "slipway.validate.source" . */}}
{{- define "slipway.validate.source" -}}
{{- $source := .Values.secrets.source -}}
{{- $argo := eq .Values.migrations.mode "argocd" -}}
{{- if and (eq $source "generated") (or .Values.gitops $argo) }}
- {{ ternary "gitops is true" "migrations.mode is argocd" .Values.gitops }} and secrets.source is generated, so each rendering
  would make another key and every user would be signed out; set secrets.source=existing, externalSecret or csi
{{- end }}
{{- if and (ne $source "existing") .Values.secrets.existingSecret }}
- secrets.existingSecret is set and secrets.source is {{ $source }}, so it would be ignored; set secrets.source=existing, or
  leave secrets.existingSecret empty
{{- end }}
{{- if and (eq $source "existing") (not .Values.secrets.existingSecret) }}
- secrets.source is existing and no Secret is named; set secrets.existingSecret to the one that holds the signing key
{{- end }}
{{- end -}}

{{/* The sentences about what another system provides, as lines of a YAML list: include "slipway.validate.fetched" . */}}
{{- define "slipway.validate.fetched" -}}
{{- $fetched := include "slipway.fetched" . | fromYaml -}}
{{- with .Values.secrets -}}
{{- $where := get (dict "externalSecret" "secrets.externalSecret.data" "csi" "secrets.csi.objects") .source -}}
{{- if and $where (not (hasKey $fetched "signing_key")) }}
- {{ $where }} names no signing_key, without which the service does not start; say there where it is
{{- end }}
{{- if and (eq .source "externalSecret") (not .externalSecret.store) }}
- secrets.source is externalSecret and no store is named; set secrets.externalSecret.store
{{- end }}
{{- if and (eq .source "csi") (eq .csi.provider "vault") (not .csi.parameters.roleName) }}
- secrets.csi.provider is vault and no role is named; set secrets.csi.parameters.roleName
{{- end }}
{{- range $section := list "database" "redis" }}
{{- $name := (index $.Values $section).existingSecret.name }}
{{- if and $name (eq $.Values.secrets.source "csi") }}
- {{ $section }}.existingSecret.name is set and secrets.source is csi, whose files come from the provider alone; name
  {{ $section }}_password in secrets.csi.objects, and leave {{ $section }}.existingSecret.name empty
{{- else if and $name (hasKey $fetched (printf "%s_password" $section)) }}
- {{ $section }}_password comes from {{ $where }} and from {{ $section }}.existingSecret; take one of them out
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The sentences about the secrets of database and Redis, as lines of a YAML list: include "slipway.validate.stores" . */}}
{{- define "slipway.validate.stores" -}}
{{- range $section := list "database" "redis" }}
{{- if regexMatch "^[^/]*//[^/]*:[^/]*@" (index $.Values $section).url }}
- {{ $section }}.url holds a password, which everybody can read who may read the release; take it out, put it into a Secret
  and set {{ $section }}.existingSecret.name to that
{{- end }}
{{- end }}
{{- with .Values.database.existingSecret }}
{{- if and (ne .holds "password") (not .name) }}
- database.existingSecret.holds is {{ .holds }} and no Secret is named; set database.existingSecret.name
{{- end }}
{{- end }}
{{- end -}}

{{/* Where each secret comes from, and the one folder in which a pod finds them all. */}}

{{/*
The Secret, or SecretProviderClass, that holds the signing key: include "slipway.secretName" .
All but an existing one are named as the release.
*/}}
{{- define "slipway.secretName" -}}
{{- ternary .Values.secrets.existingSecret (include "slipway.fullname" .) (eq .Values.secrets.source "existing") -}}
{{- end -}}

{{/* The secrets that External Secrets or the CSI driver is to get, by setting, as YAML: include "slipway.fetched" . */}}
{{- define "slipway.fetched" -}}
{{- if eq .Values.secrets.source "externalSecret" -}}
{{- toYaml .Values.secrets.externalSecret.data -}}
{{- else if eq .Values.secrets.source "csi" -}}
{{- toYaml .Values.secrets.csi.objects -}}
{{- end -}}
{{- end -}}

{{/*
What the chart says of secrets that others fetch, as YAML, or nothing: include "slipway.fetching" .
The CSI driver reads it when a pod starts and not again, so another one has to restart the pods. A generated key needs no
hash: no upgrade changes it, and the service loads by itself what somebody else changes.
*/}}
{{- define "slipway.fetching" -}}
{{- if eq .Values.secrets.source "externalSecret" -}}
{{- omit .Values.secrets.externalSecret "refreshInterval" | toYaml -}}
{{- else if eq .Values.secrets.source "csi" -}}
{{- toYaml .Values.secrets.csi -}}
{{- end -}}
{{- end -}}

{{/* Where the database's address comes from: `values`, `url` or `parts`: include "slipway.databaseFrom" . */}}
{{- define "slipway.databaseFrom" -}}
{{- $fetched := include "slipway.fetched" . | fromYaml -}}
{{- $existing := .Values.database.existingSecret -}}
{{- $holds := ternary $existing.holds "" (ne $existing.name "") -}}
{{- if or (eq $holds "url") (hasKey $fetched "database_url") -}}
url
{{- else if or (eq $holds "parts") (hasKey $fetched "database_host") -}}
parts
{{- else -}}
values
{{- end -}}
{{- end -}}

{{/* The key of the database's Secret for each file, as YAML: include "slipway.databaseFiles" . */}}
{{- define "slipway.databaseFiles" -}}
{{- with .Values.database.existingSecret -}}
{{- if eq .holds "url" -}}
database_url: {{ .keys.url }}
{{- else -}}
database_password: {{ .key }}
{{- if eq .holds "parts" }}
database_host: {{ .keys.host }}
database_port: {{ .keys.port }}
database_user: {{ .keys.user }}
database_name: {{ .keys.name }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
Every file that comes out of the Secret with the key, as YAML: include "slipway.keyFiles" .
Each has the key it is under, and whether it may be missing, as what comes and goes with a rotation and a need may.
*/}}
{{- define "slipway.keyFiles" -}}
{{- if eq .Values.secrets.source "externalSecret" -}}
{{- range $name := keys .Values.secrets.externalSecret.data | sortAlpha }}
{{ $name }}: {key: {{ $name }}, optional: false}
{{- end -}}
{{- else -}}
{{- $generated := eq .Values.secrets.source "generated" -}}
{{- with .Values.secrets.keys }}
signing_key: {key: {{ ternary "signing_key" .signingKey $generated | quote }}, optional: false}
previous_signing_key: {key: {{ ternary "previous_signing_key" .previousSigningKey $generated | quote }}, optional: true}
admin_token: {key: {{ ternary "admin_token" .adminToken $generated | quote }}, optional: true}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
One file of a projected volume:
include "slipway.secretFile" (dict "secret" "keys" "key" "a" "file" "b" "optional" false)
*/}}
{{- define "slipway.secretFile" -}}
- secret:
    name: {{ .secret }}
    {{- if .optional }}
    optional: true
    {{- end }}
    items:
      - key: {{ .key | quote }}
        path: {{ .file }}
{{- end -}}

{{/*
The folder of secrets as a volume: include "slipway.secretsVolume" (dict "context" . "secretName" "what holds the key")
The files' names are the service's own names of the settings.
*/}}
{{- define "slipway.secretsVolume" -}}
{{- $values := .context.Values -}}
- name: secrets
  {{- if eq $values.secrets.source "csi" }}
  csi:
    driver: secrets-store.csi.k8s.io
    readOnly: true
    volumeAttributes:
      secretProviderClass: {{ .secretName }}
  {{- else }}
  projected:
    defaultMode: 0440
    sources:
      {{- range $file, $from := include "slipway.keyFiles" .context | fromYaml }}
      {{- include "slipway.secretFile" (merge (dict "secret" $.secretName "file" $file) $from) | nindent 6 }}
      {{- end }}
      {{- with $values.database.existingSecret.name }}
      {{- $secret := . }}
      {{- range $file, $key := include "slipway.databaseFiles" $.context | fromYaml }}
      {{- include "slipway.secretFile" (dict "secret" $secret "key" $key "file" $file) | nindent 6 }}
      {{- end }}
      {{- end }}
      {{- with $values.redis.existingSecret }}
      {{- if .name }}
      {{- include "slipway.secretFile" (dict "secret" .name "key" .key "file" "redis_password") | nindent 6 }}
      {{- end }}
      {{- end }}
  {{- end }}
{{- end -}}

{{/* The Secrets in use that the chart does not make, as JSON: include "slipway.foreignSecrets" . */}}
{{- define "slipway.foreignSecrets" -}}
{{- $key := ternary (include "slipway.secretName" .) "" (has .Values.secrets.source (list "existing" "externalSecret")) -}}
{{- list $key .Values.database.existingSecret.name .Values.redis.existingSecret.name | compact | uniq | toJson -}}
{{- end -}}

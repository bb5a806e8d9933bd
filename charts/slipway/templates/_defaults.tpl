{{/* Values that an upgrade with --reuse-values, or a null, left out. */}}

{{/*
Fill in what is missing, before a template reads a value: include "slipway.defaults" .
Below `resources` a missing value has a meaning, such as no limit.
*/}}
{{- define "slipway.defaults" -}}
{{- include "slipway.fill" (dict "into" .Values "from" (.Files.Get "files/defaults.yaml" | fromYaml)) -}}
{{- end -}}

{{/*
Fill one mapping from another: include "slipway.fill" (dict "into" .Values "from" $defaults)
What is there stays, also 0 and false, which Sprig's `merge` takes for missing.
*/}}
{{- define "slipway.fill" -}}
{{- range $key, $value := .from -}}
{{- $there := get $.into $key -}}
{{- if or (not (hasKey $.into $key)) (kindIs "invalid" $there) -}}
{{- $_ := set $.into $key $value -}}
{{- else if and (kindIs "map" $value) (kindIs "map" $there) (ne $key "resources") -}}
{{- include "slipway.fill" (dict "into" $there "from" $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}

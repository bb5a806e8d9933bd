{{/*
What is well-formed and must not be installed. Called once, by deployment.yaml: include "slipway.validate" .
Fails with every contradiction at once; each sentence says what is wrong, where, and the value to set.
*/}}
{{- define "slipway.validate" -}}
{{- $found := concat
      (include "slipway.validate.name" . | fromYamlArray)
      (include "slipway.validate.settings" . | fromYamlArray)
      (include "slipway.validate.database" . | fromYamlArray)
      (include "slipway.validate.secrets" . | fromYamlArray)
      (include "slipway.validate.autoscaling" . | fromYamlArray)
      (include "slipway.validate.ingress" . | fromYamlArray)
      (include "slipway.validate.route" . | fromYamlArray)
      (include "slipway.validate.certificate" . | fromYamlArray)
      (include "slipway.validate.network" . | fromYamlArray)
      (include "slipway.validate.objectives" . | fromYamlArray)
      (include "slipway.validate.pods" . | fromYamlArray) -}}
{{- if $found -}}
{{- printf "\n\nThis release is refused:\n- %s\n" (join "\n- " $found) | fail -}}
{{- end -}}
{{- end -}}

{{/* The sentence about the name, as a YAML list: include "slipway.validate.name" . | fromYamlArray */}}
{{- define "slipway.validate.name" -}}
{{- $name := include "slipway.fullname" . -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) }}
- the name {{ $name }} cannot be that of a Service, which begins with a letter and has letters, digits and dashes; set
  fullnameOverride={{ include "slipway.name" . }}
{{- end }}
{{- end -}}

{{/*
The sentences about extra settings, as a YAML list: include "slipway.validate.settings" . | fromYamlArray
What the chart sets would be there twice, and a secret could be read by everybody who may read the release.
*/}}
{{- define "slipway.validate.settings" -}}
{{- $own := include "slipway.ownEnvironment" . | fromYaml -}}
{{- range $name := keys (.Values.config.extraSettings | default dict) | sortAlpha }}
{{- if has $name (list "signing_key" "previous_signing_key" "admin_token" "database_password" "redis_password") }}
- config.extraSettings names {{ $name }}, which is a secret; put it into a Secret, and its name into secrets,
  database.existingSecret or redis.existingSecret
{{- else if hasKey $own (include "slipway.variable" $name) }}
- config.extraSettings names {{ $name }}, which the chart sets from a value of its own; take it out
{{- end }}
{{- end }}
{{- end -}}

{{/* The sentences about the database, as a YAML list: include "slipway.validate.database" . | fromYamlArray */}}
{{- define "slipway.validate.database" -}}
{{- $url := .Values.database.url -}}
{{- $development := eq .Values.config.environment "development" -}}
{{- $replicas := include "slipway.maxReplicas" . | int -}}
{{- if and (not $url) (not $development) }}
- database.url is empty, so the data would be lost with each pod; set database.url=postgresql://user@host:5432/name, or, to
  try it out, config.environment=development with replicaCount=1 and autoscaling.enabled=false
{{- else if and (include "slipway.sqlite" .) (not $development) }}
- database.url is SQLite, whose file is lost with each pod; in {{ .Values.config.environment }} set
  database.url=postgresql://user@host:5432/name
{{- else if and (include "slipway.sqlite" .) (gt $replicas 1) }}
- database.url is {{ if not $url }}empty, which means {{ end }}SQLite, and {{ $replicas }} replicas would each have their own
  file; set replicaCount=1 and autoscaling.enabled=false, or database.url=postgresql://user@host:5432/name
{{- else if and (eq .Values.config.environment "production")
                (has (urlParse $url).hostname (list "localhost" "127.0.0.1" "::1" "postgres")) }}
- database.url names the development database {{ (urlParse $url).hostname }} in production; set the full name of the
  production host, or config.environment=development
{{- end }}
{{- end -}}

{{/* The sentences about secrets, as a YAML list: include "slipway.validate.secrets" . | fromYamlArray */}}
{{- define "slipway.validate.secrets" -}}
{{- if and (eq .Values.secrets.source "generated") .Values.secrets.existingSecret }}
- secrets.existingSecret is set and secrets.source is generated, so it would be ignored; set secrets.source=existing, or
  leave secrets.existingSecret empty
{{- end }}
{{- if and (eq .Values.secrets.source "existing") (not .Values.secrets.existingSecret) }}
- secrets.source is existing and no Secret is named; set secrets.existingSecret to the one that holds the signing key
{{- end }}
{{- range $section := list "database" "redis" }}
{{- if regexMatch "^[^/]*//[^/]*:[^/]*@" (index $.Values $section).url }}
- {{ $section }}.url holds a password, which everybody can read who may read the release; take it out, put it into a Secret
  and set {{ $section }}.existingSecret.name to that
{{- end }}
{{- end }}
{{- end -}}

{{/* The sentences about autoscaling, as a YAML list: include "slipway.validate.autoscaling" . | fromYamlArray */}}
{{- define "slipway.validate.autoscaling" -}}
{{- with .Values.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
- autoscaling.minReplicas ({{ int .minReplicas }}) is more than autoscaling.maxReplicas ({{ int .maxReplicas }}); set
  autoscaling.minReplicas={{ int .maxReplicas }} or less
{{- end }}
{{- if and .enabled (not .cpuUtilization) (not .memoryUtilization) }}
- autoscaling.enabled is true and looks at nothing; set autoscaling.cpuUtilization=80
{{- end }}
{{- end }}
{{- end -}}

{{/* The sentences about the Ingress, as a YAML list: include "slipway.validate.ingress" . | fromYamlArray */}}
{{- define "slipway.validate.ingress" -}}
{{- $annotated := index (.Values.ingress.annotations | default dict) "kubernetes.io/ingress.class" -}}
{{- if and .Values.ingress.enabled .Values.ingress.className $annotated }}
- ingress.className ({{ .Values.ingress.className }}) and the annotation kubernetes.io/ingress.class ({{ $annotated }}) are
  both set, which Kubernetes refuses; take the annotation out of ingress.annotations
{{- end }}
{{- end -}}

{{/* The sentences about labels and annotations, as a YAML list: include "slipway.validate.pods" . | fromYamlArray */}}
{{- define "slipway.validate.pods" -}}
{{- $own := include "slipway.podLabels" (dict "context" . "component" "api") | fromYaml -}}
{{- range $name := keys (.Values.podLabels | default dict) | sortAlpha }}
{{- if hasKey $own $name }}
- podLabels names {{ $name }}, by which the release finds its own pods; take it out
{{- end }}
{{- end }}
{{- if hasKey (.Values.podAnnotations | default dict) "checksum/config" }}
- podAnnotations names checksum/config, which the chart sets to restart pods; take it out
{{- end }}
{{- end -}}

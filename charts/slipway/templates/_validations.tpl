{{/*
What is well-formed and must not be installed; the image, secrets, scaling, the ways in and what is watched have files
of their own beside this one. Called once, by deployment.yaml: include "slipway.validate" .
Fails with every contradiction at once; each sentence says what is wrong, where, and the value to set.
*/}}
{{- define "slipway.validate" -}}
{{- $found := concat
      (include "slipway.validate.name" . | fromYamlArray)
      (include "slipway.validate.image" . | fromYamlArray)
      (include "slipway.validate.settings" . | fromYamlArray)
      (include "slipway.validate.database" . | fromYamlArray)
      (include "slipway.validate.secrets" . | fromYamlArray)
      (include "slipway.validate.scaling" . | fromYamlArray)
      (include "slipway.validate.ingress" . | fromYamlArray)
      (include "slipway.validate.route" . | fromYamlArray)
      (include "slipway.validate.certificate" . | fromYamlArray)
      (include "slipway.validate.network" . | fromYamlArray)
      (include "slipway.validate.objectives" . | fromYamlArray)
      (include "slipway.validate.pods" . | fromYamlArray)
      (include "slipway.validate.kubernetes" . | fromYamlArray) -}}
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
{{- range $name := keys .Values.config.extraSettings | sortAlpha }}
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
{{- if ne (include "slipway.databaseFrom" .) "values" }}
{{- if $url }}
- database.url is set and the address comes from a secret too; leave database.url empty
{{- end }}
{{- else if and (not $url) (not $development) }}
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

{{/* The sentences about the Ingress, as a YAML list: include "slipway.validate.ingress" . | fromYamlArray */}}
{{- define "slipway.validate.ingress" -}}
{{- $annotated := index .Values.ingress.annotations "kubernetes.io/ingress.class" -}}
{{- if and .Values.ingress.enabled .Values.ingress.className $annotated }}
- ingress.className ({{ .Values.ingress.className }}) and the annotation kubernetes.io/ingress.class ({{ $annotated }}) are
  both set, which Kubernetes refuses; take the annotation out of ingress.annotations
{{- end }}
{{- end -}}

{{/* The sentences about what pods are given, as a YAML list: include "slipway.validate.pods" . | fromYamlArray */}}
{{- define "slipway.validate.pods" -}}
{{- $own := include "slipway.ownLabels" (dict "context" . "component" "api") | fromYaml -}}
{{- range $value := list "podLabels" "commonLabels" }}
{{- range $name := keys (index $.Values $value) | sortAlpha }}
{{- if hasKey $own $name }}
- {{ $value }} names {{ $name }}, by which the release finds its own pods; take it out
{{- end }}
{{- end }}
{{- end }}
{{- if hasKey .Values.podAnnotations "checksum/config" }}
- podAnnotations names checksum/config, which the chart sets to restart pods; take it out
{{- end }}
{{- range $name := list "affinity" "automountServiceAccountToken" "containers" "enableServiceLinks" "hostUsers"
                        "imagePullSecrets" "initContainers" "nodeSelector" "priorityClassName" "resources" "restartPolicy"
                        "securityContext" "serviceAccountName" "terminationGracePeriodSeconds" "tolerations"
                        "topologySpreadConstraints" "volumes" }}
{{- if hasKey $.Values.podSpec $name }}
- podSpec names {{ $name }}, for which the chart has a value of its own; take it out
{{- end }}
{{- end }}
{{- range $name := list "hostIPC" "hostNetwork" "hostPID" }}
{{- if index $.Values.podSpec $name }}
- podSpec sets {{ $name }}, which the restricted Pod Security Standard forbids; take it out
{{- end }}
{{- end }}
{{- $variables := include "slipway.environment" . | fromYaml }}
{{- range .Values.extraEnv }}
{{- if hasKey $variables .name }}
- extraEnv names {{ .name }}, which the chart sets; set its value under config instead
{{- end }}
{{- end }}
{{- range .Values.extraVolumes }}
{{- if has .name (list "tmp" "secrets") }}
- extraVolumes names {{ .name }}, which the chart has; give yours another name
{{- end }}
{{- end }}
{{- end -}}

{{/*
The sentences about what this Kubernetes is too old for, as a YAML list:
include "slipway.validate.kubernetes" . | fromYamlArray
*/}}
{{- define "slipway.validate.kubernetes" -}}
{{- $kube := .Capabilities.KubeVersion.Version -}}
{{- $this := printf "%s.%s" .Capabilities.KubeVersion.Major .Capabilities.KubeVersion.Minor -}}
{{- if and .Values.podResources (semverCompare "<1.34-0" $kube) }}
- podResources needs Kubernetes 1.34 and this is {{ $this }}; leave it empty
{{- end }}
{{- if and (not .Values.security.hostUsers) (semverCompare "<1.33-0" $kube) }}
- security.hostUsers=false needs Kubernetes 1.33 and this is {{ $this }}; set security.hostUsers=true
{{- end }}
{{- if and (hasPrefix "PreferSame" .Values.service.trafficDistribution) (semverCompare "<1.34-0" $kube) }}
- service.trafficDistribution={{ .Values.service.trafficDistribution }} needs Kubernetes 1.34 and this is {{ $this }}; set
  service.trafficDistribution=PreferClose
{{- end }}
{{- end -}}

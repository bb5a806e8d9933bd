{{/* What the service is told. "." is the root context. */}}

{{/* The most replicas that may run: include "slipway.maxReplicas" . */}}
{{- define "slipway.maxReplicas" -}}
{{- ternary .Values.autoscaling.maxReplicas .Values.replicaCount .Values.autoscaling.enabled | int -}}
{{- end -}}

{{/*
The database's address; without one, a file in the pod's /tmp: include "slipway.databaseUrl" .
Where it comes in parts, the service puts them in, rightly quoted.
*/}}
{{- define "slipway.databaseUrl" -}}
{{- $parts := eq (include "slipway.databaseFrom" .) "parts" -}}
{{- ternary "postgresql://" (default "sqlite:////tmp/slipway.db" .Values.database.url) $parts -}}
{{- end -}}

{{/* "true" where the database is a file of the pod, else empty: include "slipway.sqlite" . */}}
{{- define "slipway.sqlite" -}}
{{- $values := eq (include "slipway.databaseFrom" .) "values" -}}
{{- if and $values (hasPrefix "sqlite" (include "slipway.databaseUrl" .)) }}true{{ end -}}
{{- end -}}

{{/*
Every time of a stop, from one number, as YAML: include "slipway.termination" . | fromYaml
Half of the drain is a preStop sleep, while the process does not yet know; the other half is its own. The process counts
from SIGTERM, the pod from the start of preStop.
*/}}
{{- define "slipway.termination" -}}
{{- $total := int .Values.availability.drainSeconds -}}
{{- $preStop := div $total 2 -}}
{{- $drain := sub $total $preStop -}}
{{- $graceful := max 10 (mul 2 $total) -}}
{{- $process := add $drain $graceful 10 -}}
preStop: {{ $preStop }}
drain: {{ $drain }}
graceful: {{ $graceful }}
process: {{ $process }}
pod: {{ add $preStop $process }}
{{- end -}}

{{/*
The host names that are answered, as JSON: include "slipway.allowedHosts" .
`helm test`, and whatever else is in the cluster, asks by the Service's names.
*/}}
{{- define "slipway.allowedHosts" -}}
{{- $name := include "slipway.fullname" . -}}
{{- $inside := printf "%s.%s" $name (include "slipway.namespace" .) -}}
{{- $own := list $name $inside (printf "%s.svc" $inside) (printf "%s.svc.cluster.local" $inside) -}}
{{- $hosts := .Values.config.allowedHosts -}}
{{- ternary (list "*") (concat $hosts $own) (has "*" $hosts) | toJson -}}
{{- end -}}

{{/* The variable of a setting: include "slipway.variable" "socket_rate" */}}
{{- define "slipway.variable" -}}
SLIPWAY_{{ upper . }}
{{- end -}}

{{/* The variables that the chart has values for, none of them secret, as YAML: include "slipway.ownEnvironment" . */}}
{{- define "slipway.ownEnvironment" -}}
{{- $times := include "slipway.termination" . | fromYaml -}}
SLIPWAY_ENVIRONMENT: {{ .Values.config.environment | quote }}
SLIPWAY_LOG_LEVEL: {{ .Values.config.logLevel | quote }}
SLIPWAY_LOG_FORMAT: {{ .Values.config.logFormat | quote }}
SLIPWAY_HOST: "0.0.0.0"
SLIPWAY_PUBLIC_PORT: "8000"
SLIPWAY_ADMIN_PORT: "9000"
SLIPWAY_WORKERS: {{ .Values.config.workers | int | quote }}
SLIPWAY_REPLICAS: {{ include "slipway.maxReplicas" . | quote }}
SLIPWAY_CORS_ORIGINS: {{ .Values.config.corsOrigins | default list | toJson | quote }}
SLIPWAY_ALLOWED_HOSTS: {{ include "slipway.allowedHosts" . | quote }}
SLIPWAY_REQUIRE_HTTPS: {{ .Values.config.requireHttps | quote }}
SLIPWAY_FORWARDED_ALLOW_IPS: {{ .Values.config.forwardedAllowIps | quote }}
SLIPWAY_RATE_LIMIT: {{ .Values.config.rateLimit | quote }}
SLIPWAY_LOGIN_RATE_LIMIT: {{ .Values.config.loginRateLimit | quote }}
SLIPWAY_TOKEN_SECONDS: {{ .Values.config.tokenSeconds | int | quote }}
SLIPWAY_DEFAULT_VERSION: {{ .Values.config.defaultVersion | int | quote }}
SLIPWAY_V1_SUNSET: {{ .Values.config.v1Sunset | quote }}
SLIPWAY_CACHE_SECONDS: {{ .Values.config.cacheSeconds | int | quote }}
SLIPWAY_SOCKETS_PER_USER: {{ .Values.config.sockets.perUser | int | quote }}
SLIPWAY_SOCKET_QUEUE: {{ .Values.config.sockets.queue | int | quote }}
SLIPWAY_ROOM_HISTORY: {{ .Values.config.sockets.history | int | quote }}
SLIPWAY_FAULTS: {{ .Values.config.faults | quote }}
{{- if ne (include "slipway.databaseFrom" .) "url" }}
SLIPWAY_DATABASE_URL: {{ include "slipway.databaseUrl" . | quote }}
{{- end }}
SLIPWAY_DATABASE_POOL_SIZE: {{ .Values.config.poolSize | int | quote }}
SLIPWAY_REDIS_URL: {{ .Values.redis.url | quote }}
SLIPWAY_SECRETS_DIRECTORY: /run/secrets/slipway
SLIPWAY_DRAIN_SECONDS: {{ $times.drain | quote }}
SLIPWAY_GRACEFUL_SECONDS: {{ $times.graceful | quote }}
SLIPWAY_TERMINATION_GRACE_SECONDS: {{ $times.process | quote }}
{{- end -}}

{{/* Every variable of the service, none of them secret, as YAML: include "slipway.environment" . */}}
{{- define "slipway.environment" -}}
{{ include "slipway.ownEnvironment" . }}
{{- range $name, $value := .Values.config.extraSettings }}
{{ include "slipway.variable" $name }}: {{ $value | quote }}
{{- end }}
{{- end -}}

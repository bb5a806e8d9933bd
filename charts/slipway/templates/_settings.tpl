{{/* What the service is told. "." is the root context. */}}

{{/* The most replicas that may run: include "slipway.maxReplicas" . */}}
{{- define "slipway.maxReplicas" -}}
{{- ternary .Values.autoscaling.maxReplicas .Values.replicaCount .Values.autoscaling.enabled | int -}}
{{- end -}}

{{/* The database's address; without one, a file in the pod's /tmp: include "slipway.databaseUrl" . */}}
{{- define "slipway.databaseUrl" -}}
{{- default "sqlite:////tmp/slipway.db" .Values.database.url -}}
{{- end -}}

{{/* "true" where the database is a file of the pod, else empty: include "slipway.sqlite" . */}}
{{- define "slipway.sqlite" -}}
{{- if hasPrefix "sqlite" (include "slipway.databaseUrl" .) }}true{{ end -}}
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

{{/* Every variable of the service, none of them secret, as YAML: include "slipway.environment" . */}}
{{- define "slipway.environment" -}}
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
SLIPWAY_FORWARDED_ALLOW_IPS: {{ .Values.config.forwardedAllowIps | quote }}
SLIPWAY_DATABASE_URL: {{ include "slipway.databaseUrl" . | quote }}
SLIPWAY_DATABASE_POOL_SIZE: {{ .Values.config.poolSize | int | quote }}
SLIPWAY_REDIS_URL: {{ .Values.redis.url | quote }}
SLIPWAY_SECRETS_DIRECTORY: /run/secrets/slipway
SLIPWAY_DRAIN_SECONDS: {{ $times.drain | quote }}
SLIPWAY_GRACEFUL_SECONDS: {{ $times.graceful | quote }}
SLIPWAY_TERMINATION_GRACE_SECONDS: {{ $times.process | quote }}
{{- end -}}

{{/* The Secret that holds the signing key: include "slipway.secretName" . */}}
{{- define "slipway.secretName" -}}
{{- ternary .Values.secrets.existingSecret (include "slipway.fullname" .) (eq .Values.secrets.source "existing") -}}
{{- end -}}

{{/*
The generated Secret as it is in the cluster, as YAML; empty outside one: include "slipway.storedSecret" . | fromYaml
A Secret may have no data and no annotations at all.
*/}}
{{- define "slipway.storedSecret" -}}
{{- $found := lookup "v1" "Secret" (include "slipway.namespace" .) (include "slipway.fullname" .) -}}
{{- $annotations := (($found).metadata).annotations | default dict -}}
signingKey: {{ (($found).data | default dict).signing_key | default "" | quote }}
generated: {{ index $annotations "slipway/generated" | default "" | quote }}
{{- end -}}

{{/*
What restarts the pods when the generated key is changed by hand: include "slipway.secretRevision" .
A hash of the key itself would differ between an install, which has none to look up, and the first upgrade, and at each
render outside a cluster. So the Secret remembers the hash it was born with, and only a key that is another one counts.
*/}}
{{- define "slipway.secretRevision" -}}
{{- $stored := include "slipway.storedSecret" . | fromYaml -}}
{{- $hash := $stored.signingKey | sha256sum -}}
{{- if and $stored.signingKey $stored.generated (ne $hash $stored.generated) }}{{ $hash }}{{ else }}as-generated{{ end -}}
{{- end -}}

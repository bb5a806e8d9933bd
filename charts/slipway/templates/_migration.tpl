{{/* The migration, as a Job of the release, as a hook, or in the pod itself. */}}

{{/*
How the schema comes: job, hook, pod or off: include "slipway.migrationMode" .
A SQLite file is seen by its own pod only, so no Job can migrate it.
*/}}
{{- define "slipway.migrationMode" -}}
{{- if and (include "slipway.sqlite" .) (ne .Values.migrations.mode "off") -}}
pod
{{- else -}}
{{ .Values.migrations.mode }}
{{- end -}}
{{- end -}}

{{/*
The name of what exists for the hook alone: include "slipway.migrationName" .
A hook runs before the release's own ServiceAccount and Secret are there.
*/}}
{{- define "slipway.migrationName" -}}
{{- printf "%s-migrate" (include "slipway.fullname" .) -}}
{{- end -}}

{{/* The container that migrates: include "slipway.migrationContainer" . */}}
{{- define "slipway.migrationContainer" -}}
name: migrate
{{ include "slipway.container" . }}
args: [migrate]
env:
  {{- range $name, $value := include "slipway.environment" . | fromYaml }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
  - name: SLIPWAY_MIGRATE_WAIT_SECONDS
    value: {{ .Values.migrations.waitSeconds | int | quote }}
resources:
  {{- toYaml .Values.migrations.resources | nindent 2 }}
volumeMounts:
  {{- include "slipway.volumeMounts" . | nindent 2 }}
{{- end -}}

{{/*
The whole spec of the Job: include "slipway.migrationJobSpec" .
It carries its settings itself, and nothing that changes when the migration does not: its hash is the Job's name.
*/}}
{{- define "slipway.migrationJobSpec" -}}
{{- $hook := eq (include "slipway.migrationMode" .) "hook" -}}
{{- $own := include "slipway.migrationName" . -}}
{{- $ownAccount := and $hook .Values.serviceAccount.create -}}
{{- $ownSecret := and $hook (eq .Values.secrets.source "generated") -}}
backoffLimit: {{ .Values.migrations.backoffLimit | int }}
activeDeadlineSeconds: {{ .Values.migrations.activeDeadlineSeconds | int }}
ttlSecondsAfterFinished: {{ .Values.migrations.ttlSeconds | int }}
podFailurePolicy:
  rules:
    {{- /* 78: a setting is refused, and would be at the next try. */}}
    - action: FailJob
      onExitCodes:
        containerName: migrate
        operator: In
        values: [78]
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
          status: "True"
template:
  metadata:
    labels:
      {{- include "slipway.podLabels" (dict "context" . "component" "migration") | nindent 6 }}
  spec:
    restartPolicy: Never
    serviceAccountName: {{ ternary $own (include "slipway.serviceAccountName" .) $ownAccount }}
    {{- include "slipway.podSpec" . | nindent 4 }}
    containers:
      - {{ include "slipway.migrationContainer" . | nindent 8 | trim }}
    volumes:
      {{- $secret := ternary $own (include "slipway.secretName" .) $ownSecret }}
      {{- include "slipway.volumes" (dict "context" . "secretName" $secret) | nindent 6 }}
{{- end -}}

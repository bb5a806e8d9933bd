{{/* The migration, as a Job of the release, as a hook of Helm or Argo CD, or in the pod itself. */}}

{{/*
How the schema comes: job, hook, argocd, init or off: include "slipway.migrationMode" .
A SQLite file is seen by its own pod only, so no Job can migrate it.
*/}}
{{- define "slipway.migrationMode" -}}
{{- if and (include "slipway.sqlite" .) (ne .Values.migrations.mode "off") -}}
init
{{- else -}}
{{ .Values.migrations.mode }}
{{- end -}}
{{- end -}}

{{/* "true" where the schema comes by a Job, else empty: include "slipway.migratesByJob" . */}}
{{- define "slipway.migratesByJob" -}}
{{- if has (include "slipway.migrationMode" .) (list "job" "hook" "argocd") }}true{{ end -}}
{{- end -}}

{{/*
The name of what exists for the migration alone: include "slipway.migrationName" .
A hook of Helm runs before the release's own ServiceAccount and Secret are there.
*/}}
{{- define "slipway.migrationName" -}}
{{- printf "%s-migrate" (include "slipway.fullname" .) -}}
{{- end -}}

{{/* The annotations of a hook of Helm, as YAML: include "slipway.hook" "-10" */}}
{{- define "slipway.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation
{{- end -}}

{{/* The annotations, maybe none, of what a migration by Argo CD needs, as YAML: include "slipway.beforeMigration" . */}}
{{- define "slipway.beforeMigration" -}}
{{- if eq (include "slipway.migrationMode" .) "argocd" -}}
argocd.argoproj.io/sync-wave: "-2"
{{- end -}}
{{- end -}}

{{/*
Component, name and annotations of what provides the secrets, as a YAML list:
include "slipway.secretOwners" . | fromYamlArray
It is there once more for a hook of Helm, which runs before the release's own.
*/}}
{{- define "slipway.secretOwners" -}}
- component: api
  name: {{ include "slipway.fullname" . }}
  annotations: {{ include "slipway.beforeMigration" . | fromYaml | toJson }}
{{- if eq (include "slipway.migrationMode" .) "hook" }}
- component: migration
  name: {{ include "slipway.migrationName" . }}
  annotations: {{ include "slipway.hook" "-10" | fromYaml | toJson }}
{{- end }}
{{- end -}}

{{/* The annotations, maybe none, of the Job, as YAML: include "slipway.migrationAnnotations" . */}}
{{- define "slipway.migrationAnnotations" -}}
{{- $mode := include "slipway.migrationMode" . -}}
{{- if eq $mode "hook" -}}
{{- include "slipway.hook" "0" -}}
{{- else if eq $mode "argocd" -}}
argocd.argoproj.io/hook: Sync
argocd.argoproj.io/hook-delete-policy: BeforeHookCreation
argocd.argoproj.io/sync-wave: "-1"
{{- end -}}
{{- end -}}

{{/* The container that migrates: include "slipway.migrationContainer" . */}}
{{- define "slipway.migrationContainer" -}}
name: migrate
{{ include "slipway.container" . }}
args: [migrate]
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- include "slipway.render" (dict "context" $ "value" .) | nindent 2 }}
{{- end }}
env:
  {{- range $name, $value := include "slipway.environment" . | fromYaml }}
  - name: {{ $name }}
    value: {{ $value | quote }}
  {{- end }}
  - name: SLIPWAY_MIGRATE_WAIT_SECONDS
    value: {{ .Values.migrations.waitSeconds | int | quote }}
  {{- with .Values.extraEnv }}
  {{- include "slipway.render" (dict "context" $ "value" .) | nindent 2 }}
  {{- end }}
{{- with .Values.migrations.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
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
{{- $ownSecret := and $hook (ne .Values.secrets.source "existing") -}}
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

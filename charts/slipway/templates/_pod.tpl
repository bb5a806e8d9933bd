{{/* What all pods share: restricted Pod Security, no API token, /tmp and the secrets as files. */}}

{{/* The first fields of every pod's spec: include "slipway.podSpec" . */}}
{{- define "slipway.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: {{ .Values.enableServiceLinks }}
{{- if not .Values.security.hostUsers }}
hostUsers: false
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .Values.security.userId | int }}
  runAsGroup: {{ .Values.security.groupId | int }}
  fsGroup: {{ .Values.security.groupId | int }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* The first fields of every container: include "slipway.container" . */}}
{{- define "slipway.container" -}}
image: {{ include "slipway.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{ include "slipway.restricted" . }}
{{- end -}}

{{/* What no container may do, as YAML: include "slipway.restricted" . */}}
{{- define "slipway.restricted" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/*
Containers of the user's own, as restricted as ours:
include "slipway.extraContainers" (dict "context" . "value" .Values.sidecars)
*/}}
{{- define "slipway.extraContainers" -}}
{{- range include "slipway.render" . | fromYamlArray }}
{{- include "slipway.fill" (dict "into" . "from" (include "slipway.restricted" $.context | fromYaml)) }}
{{ list . | toYaml }}
{{- end }}
{{- end -}}

{{/* Where the volumes are, for a container that has settings: include "slipway.volumeMounts" . */}}
{{- define "slipway.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
- name: secrets
  mountPath: /run/secrets/slipway
  readOnly: true
{{- with .Values.extraVolumeMounts }}
{{ include "slipway.render" (dict "context" $ "value" .) }}
{{- end }}
{{- end -}}

{{/* /tmp, in memory, because gunicorn's heartbeat must not wait for a disk: include "slipway.tmpVolume" . */}}
{{- define "slipway.tmpVolume" -}}
- name: tmp
  emptyDir:
    medium: Memory
    sizeLimit: {{ .Values.security.tmpSizeLimit }}
{{- end -}}

{{/*
All volumes of a pod that has settings:
include "slipway.volumes" (dict "context" . "secretName" "what holds the key")
*/}}
{{- define "slipway.volumes" -}}
{{ include "slipway.tmpVolume" .context }}
{{ include "slipway.secretsVolume" . }}
{{- with .context.Values.extraVolumes }}
{{ include "slipway.render" (dict "context" $.context "value" .) }}
{{- end }}
{{- end -}}

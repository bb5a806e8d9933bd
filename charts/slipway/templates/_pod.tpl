{{/* What all pods share: restricted Pod Security, no API token, /tmp and the secrets as files. */}}

{{/* The first fields of every pod's spec: include "slipway.podSpec" . */}}
{{- define "slipway.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
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
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* Where the volumes are, for a container that has settings: include "slipway.volumeMounts" . */}}
{{- define "slipway.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
- name: secrets
  mountPath: /run/secrets/slipway
  readOnly: true
{{- end -}}

{{/* /tmp, in memory, because gunicorn's heartbeat must not wait for a disk: include "slipway.tmpVolume" . */}}
{{- define "slipway.tmpVolume" -}}
- name: tmp
  emptyDir:
    medium: Memory
    sizeLimit: {{ .Values.security.tmpSizeLimit }}
{{- end -}}

{{/*
/tmp and one folder with every secret: include "slipway.volumes" (dict "context" . "secretName" "the Secret with the key")
The file's names are the service's own names of the settings.
*/}}
{{- define "slipway.volumes" -}}
{{- $values := .context.Values -}}
{{- $generated := eq $values.secrets.source "generated" -}}
{{ include "slipway.tmpVolume" .context }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ .secretName }}
          items:
            - key: {{ ternary "signing_key" $values.secrets.keys.signingKey $generated }}
              path: signing_key
      {{- /* These come and go with a rotation and a need, so the Secret may lack them. */}}
      {{- range $file, $key := dict "previous_signing_key" $values.secrets.keys.previousSigningKey "admin_token" $values.secrets.keys.adminToken }}
      - secret:
          name: {{ $.secretName }}
          optional: true
          items:
            - key: {{ ternary $file $key $generated }}
              path: {{ $file }}
      {{- end }}
      {{- with $values.database.existingSecret }}
      {{- if .name }}
      - secret:
          name: {{ .name }}
          items:
            - key: {{ .key }}
              path: database_password
      {{- end }}
      {{- end }}
      {{- with $values.redis.existingSecret }}
      {{- if .name }}
      - secret:
          name: {{ .name }}
          items:
            - key: {{ .key }}
              path: redis_password
      {{- end }}
      {{- end }}
{{- end -}}

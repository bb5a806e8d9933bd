{{/* How the service is reached from outside. */}}

{{/* The Secret of the certificate that cert-manager keeps: include "slipway.certificateSecret" . */}}
{{- define "slipway.certificateSecret" -}}
{{- default (printf "%s-tls" (include "slipway.fullname" .)) .Values.certificate.secretName -}}
{{- end -}}

{{/* The names that the certificate is for, as a YAML list: include "slipway.certificateNames" . | fromYamlArray */}}
{{- define "slipway.certificateNames" -}}
{{- $names := .Values.certificate.dnsNames | default list -}}
{{- if not $names -}}
{{- if .Values.ingress.enabled }}{{ $names = concat $names (.Values.ingress.hosts | default list) }}{{ end -}}
{{- if .Values.httpRoute.enabled }}{{ $names = concat $names (.Values.httpRoute.hostnames | default list) }}{{ end -}}
{{- end -}}
{{ $names | uniq | toYaml }}
{{- end -}}

{{/*
The certificates of the Ingress, as a YAML list: include "slipway.ingressTls" . | fromYamlArray
Those that are named, else the one that cert-manager keeps.
*/}}
{{- define "slipway.ingressTls" -}}
{{- if .Values.ingress.tls -}}
{{ toYaml .Values.ingress.tls }}
{{- else if .Values.certificate.enabled -}}
- secretName: {{ include "slipway.certificateSecret" . }}
  hosts:
    {{- include "slipway.certificateNames" . | nindent 4 }}
{{- end -}}
{{- end -}}

{{/* Names. Every helper says how it is called; "." is the root context. */}}

{{/* The application's name, also the label `app.kubernetes.io/name`: include "slipway.name" . */}}
{{- define "slipway.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
The name of the release's objects: include "slipway.fullname" .
At most 46 characters, so that a pod's name (17 more) still fits into a host name whole; a longer one is cut and ends in a
hash of the whole, so that two long releases do not meet.
*/}}
{{- define "slipway.fullname" -}}
{{- $name := include "slipway.name" . -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- $full = default $full .Values.fullnameOverride -}}
{{- if gt (len $full) 46 -}}
{{- printf "%s-%s" ($full | trunc 37 | trimSuffix "-") ($full | sha256sum | trunc 8) -}}
{{- else -}}
{{- $full | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The namespace of every object: include "slipway.namespace" . */}}
{{- define "slipway.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* The name of the pods' ServiceAccount: include "slipway.serviceAccountName" . */}}
{{- define "slipway.serviceAccountName" -}}
{{- $own := ternary (include "slipway.fullname" .) "default" .Values.serviceAccount.create -}}
{{- default $own .Values.serviceAccount.name -}}
{{- end -}}

{{/*
The image of every pod: include "slipway.image" .
A digest wins over the tag. A tag of digits alone arrives as a number, from a values file even as a float.
*/}}
{{- define "slipway.image" -}}
{{- $tag := .Values.image.tag -}}
{{- if kindIs "float64" $tag -}}
{{- $tag = ternary (printf "%.0f" $tag) (toString $tag) (eq (floor $tag) $tag) -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion (toString $tag)) -}}
{{- end -}}
{{- end -}}

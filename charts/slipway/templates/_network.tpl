{{/* Who may talk to whom. */}}

{{/* The selector of a component's pods: include "slipway.podSelector" (dict "context" . "component" "api") */}}
{{- define "slipway.podSelector" -}}
podSelector:
  matchLabels:
    {{- include "slipway.selectorLabels" . | nindent 4 }}
{{- end -}}

{{/*
One rule for pods of whole namespaces, by their names, as an entry of a YAML list:
include "slipway.fromNamespaces" (dict "namespaces" (list "traefik") "port" 8000)
Ports are numbers, because not every network plugin knows their names.
*/}}
{{- define "slipway.fromNamespaces" -}}
- from:
    - namespaceSelector:
        matchExpressions:
          - key: kubernetes.io/metadata.name
            operator: In
            values:
              {{- toYaml .namespaces | nindent 14 }}
  ports:
    - port: {{ .port }}
      protocol: TCP
{{- end -}}

{{/* The way to any DNS server, by either protocol: long answers come by TCP: include "slipway.toDns" . */}}
{{- define "slipway.toDns" -}}
- ports:
    - port: 53
      protocol: UDP
    - port: 53
      protocol: TCP
{{- end -}}

{{/*
The way to a store, as an entry of a YAML list:
include "slipway.toStore" (dict "url" .Values.redis.url "default" 6379 "policy" .Values.networkPolicy.redis)
A policy cannot name a host, so without peers it is the port alone.
*/}}
{{- define "slipway.toStore" -}}
{{- $host := (urlParse .url).host -}}
{{- $own := regexFind ":[0-9]+$" $host | trimPrefix ":" | default (toString .default) -}}
- ports:
    - port: {{ default (atoi $own) (int .policy.port) }}
      protocol: TCP
  {{- with .policy.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* The way to the database, as an entry of a YAML list, or nothing where it is a file: include "slipway.toDatabase" . */}}
{{- define "slipway.toDatabase" -}}
{{- if not (include "slipway.sqlite" .) -}}
{{ include "slipway.toStore" (dict "url" .Values.database.url "default" 5432 "policy" .Values.networkPolicy.database) }}
{{- end -}}
{{- end -}}

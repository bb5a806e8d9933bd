{{/* What replicas are scaled by, and how fast. "." is the root context. */}}

{{/* Use of CPU or memory: include "slipway.scaling.use" (dict "context" . "resource" "cpu" "percent" 80) */}}
{{- define "slipway.scaling.use" -}}
{{- $only := .context.Values.autoscaling.containerOnly -}}
- type: {{ ternary "ContainerResource" "Resource" $only }}
  {{ ternary "containerResource" "resource" $only }}:
    name: {{ .resource }}
    {{- if $only }}
    container: slipway
    {{- end }}
    target:
      type: Utilization
      averageUtilization: {{ int .percent }}
{{- end -}}

{{/* A metric and its target: include "slipway.scaling.metric" (dict "name" "a" "averageValue" "20") */}}
{{- define "slipway.scaling.metric" -}}
metric:
  name: {{ .name | quote }}
  {{- with .selector }}
  selector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
target:
  {{- if .averageValue }}
  type: AverageValue
  averageValue: {{ .averageValue | quote }}
  {{- else }}
  type: Value
  value: {{ .value | quote }}
  {{- end }}
{{- end -}}

{{/*
The metrics of autoscaling/v2: include "slipway.scaling.metrics" .
Memory first: the API server stores it so, and another order looks like a change for ever.
*/}}
{{- define "slipway.scaling.metrics" -}}
{{- with .Values.autoscaling.memoryUtilization }}
{{ include "slipway.scaling.use" (dict "context" $ "resource" "memory" "percent" .) }}
{{- end }}
{{- with .Values.autoscaling.cpuUtilization }}
{{ include "slipway.scaling.use" (dict "context" $ "resource" "cpu" "percent" .) }}
{{- end }}
{{- range .Values.autoscaling.pods }}
- type: Pods
  pods:
    {{- include "slipway.scaling.metric" . | nindent 4 }}
{{- end }}
{{- range .Values.autoscaling.external }}
- type: External
  external:
    {{- include "slipway.scaling.metric" . | nindent 4 }}
{{- end }}
{{- end -}}

{{/* The triggers of KEDA: include "slipway.scaling.triggers" . */}}
{{- define "slipway.scaling.triggers" -}}
{{- with .Values.autoscaling }}
{{- $only := .containerOnly }}
{{- range $resource, $percent := dict "memory" .memoryUtilization "cpu" .cpuUtilization }}
{{- if $percent }}
- type: {{ $resource }}
  metricType: Utilization
  metadata:
    value: {{ int $percent | quote }}
    {{- if $only }}
    containerName: slipway
    {{- end }}
{{- end }}
{{- end }}
{{- with .keda.prometheus }}
{{- if .address }}
- type: prometheus
  metadata:
    serverAddress: {{ .address | quote }}
    query: {{ .query | quote }}
    threshold: {{ .threshold | quote }}
{{- end }}
{{- end }}
{{- with .keda.triggers }}
{{ include "slipway.render" (dict "context" $ "value" .) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A preset of `behavior`, maybe none, as YAML: include "slipway.scaling.preset" "cautious" */}}
{{- define "slipway.scaling.preset" -}}
{{- if eq . "cautious" -}}
scaleUp:
  stabilizationWindowSeconds: 60
  policies:
    - {type: Pods, value: 2, periodSeconds: 60}
scaleDown:
  stabilizationWindowSeconds: 600
  policies:
    - {type: Pods, value: 1, periodSeconds: 120}
{{- else if eq . "quick" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  selectPolicy: Max
  policies:
    - {type: Percent, value: 200, periodSeconds: 15}
    - {type: Pods, value: 8, periodSeconds: 15}
scaleDown:
  stabilizationWindowSeconds: 120
  policies:
    - {type: Percent, value: 50, periodSeconds: 60}
{{- end -}}
{{- end -}}

{{/*
The whole `behavior`, maybe none, as YAML: include "slipway.scaling.behavior" .
The tolerance of one HorizontalPodAutoscaler (KEP-4951) is stable in Kubernetes 1.37.
*/}}
{{- define "slipway.scaling.behavior" -}}
{{- $behavior := deepCopy .Values.autoscaling.behavior -}}
{{- $preset := include "slipway.scaling.preset" .Values.autoscaling.preset | fromYaml -}}
{{- include "slipway.fill" (dict "into" $behavior "from" $preset) -}}
{{- $tolerance := toString .Values.autoscaling.tolerance -}}
{{- if and $tolerance (semverCompare ">=1.37-0" .Capabilities.KubeVersion.Version) -}}
{{- range $way := list "scaleUp" "scaleDown" -}}
{{- $_ := set $behavior $way (set (get $behavior $way | default dict) "tolerance" $tolerance) -}}
{{- end -}}
{{- end -}}
{{- if $behavior -}}
{{- toYaml $behavior -}}
{{- end -}}
{{- end -}}

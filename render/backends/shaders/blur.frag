#version 330
// Blur along one axis with weights that fall off in a straight line.
uniform sampler2D source;
uniform ivec2 axis;
uniform int reach;
out vec4 blurred;

void main() {
    ivec2 here = ivec2(gl_FragCoord.xy), last = textureSize(source, 0) - 1;
    float share = 1.0 / float(reach + 1);
    vec4 total = vec4(0.0);
    for (int step = -reach; step <= reach; step++) {
        float weight = float(reach + 1 - abs(step)) * share * share;
        total += weight * texelFetch(source, clamp(here + step * axis, ivec2(0), last), 0);
    }
    blurred = total;
}
